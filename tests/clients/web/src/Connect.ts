// Connecting an address: what settings it has, signing in step by step, the test as it goes, and saving.
declare function graphql(parts: TemplateStringsArray): unknown

export const discover = graphql`
  query ConnectDiscoverQuery($address: String!) {
    discover(address: $address) {
      candidates {
        provider { id key name }
        smtp { ...Connect_server }
        incoming { ...Connect_server }
        authMethods { key title recommended requiresTwoFactor unavailableBecause instructions { text link } }
        source
        trusted
      }
      trail { source outcome tookMs }
    }
  }
`

export const server = graphql`
  fragment Connect_server on MailServer { protocol host port security username }
`

export const signIn = graphql`
  fragment Connect_flow on SignInFlow {
    id
    expiresAt
    step {
      __typename
      ... on AskStep {
        title
        instructions { text link }
        fields { name label secret required pattern help }
        problems { field message }
      }
      ... on VisitStep { url }
      ... on WaitStep { message }
      ... on DoneStep { kind expiresAt }
      ... on FailedStep { retryable diagnosis { ...AccountListDiagnosis_diagnosis } }
    }
  }
`

export const start = graphql`
  mutation ConnectStartMutation($input: StartSignInInput!) {
    startSignIn(input: $input) { flow { ...Connect_flow } errors { message path code } }
  }
`

export const flowProgress = graphql`
  subscription ConnectFlowSubscription($flowId: ID!) {
    signInProgress(flowId: $flowId) { id ...Connect_flow }
  }
`

export const test = graphql`
  mutation ConnectTestMutation($input: TestAccountInput!) {
    testAccount(input: $input) { test { id ...Connect_test } errors { message path code } }
  }
`

export const testFragment = graphql`
  fragment Connect_test on AccountTest {
    id
    status
    usableUntil
    steps { leg stage subject title status tookMs evidence transcript diagnosis { title } }
    diagnosis { ...AccountListDiagnosis_diagnosis }
    suggestion { smtp { ...Connect_server } incoming { ...Connect_server } }
  }
`

export const testProgress = graphql`
  subscription ConnectTestSubscription($testId: ID!) {
    accountTestProgress(testId: $testId) { id ...Connect_test }
  }
`

export const save = graphql`
  mutation ConnectSaveMutation($input: SaveEmailAccountInput!) {
    saveEmailAccount(input: $input) {
      emailAccount { id ...AccountListCard_account }
      errors { message path code }
    }
  }
`
