// A settings page: a list that is paged through, a card for each account, and what can be done with one.
declare function graphql(parts: TemplateStringsArray): unknown

export const query = graphql`
  query AccountListQuery($search: String) {
    viewer { permissions employee { id name } }
    company { id name warnings { code message subjects { id ... on EmailAccount { address } } } }
    ...AccountList_accounts @arguments(search: $search)
  }
`

export const accounts = graphql`
  fragment AccountList_accounts on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 25 }
    cursor: { type: "String" }
    search: { type: "String" }
  )
  @refetchable(queryName: "AccountListPageQuery") {
    emailAccounts(
      filter: { search: $search }
      orderBy: { field: POSITION, direction: ASC }
      first: $count
      after: $cursor
    ) @connection(key: "AccountList_emailAccounts", filters: ["filter"]) {
      edges { node { id ...AccountListCard_account } }
    }
  }
`

export const card = graphql`
  fragment AccountListCard_account on EmailAccount @refetchable(queryName: "AccountListCardQuery") {
    id
    address
    displayName
    status
    version
    viewerCan
    owner { __typename ... on Company { name } ... on Employee { name } }
    problem { ...AccountListDiagnosis_diagnosis }
    aliases { address proof problem { title } }
    access { mode employees(first: 3) { nodes { name } } groups(first: 3) { nodes { name } } }
    scope { mode projects(first: 3) { nodes { name } pageInfo { hasNextPage } } }
    lastTest { id status finishedAt }
  }
`

export const diagnosis = graphql`
  fragment AccountListDiagnosis_diagnosis on Diagnosis {
    code title explanation actor retry help
    advice { text link }
    reply { code enhancedCode text }
  }
`

export const enable = graphql`
  mutation AccountListEnableMutation($input: SetAccountEnabledInput!) {
    setAccountEnabled(input: $input) {
      emailAccount { id ...AccountListCard_account }
      errors { __typename message path code }
    }
  }
`

export const remove = graphql`
  mutation AccountListDeleteMutation($input: DeleteEmailAccountInput!, $connections: [ID!]!) {
    deleteEmailAccount(input: $input) {
      deletedId @deleteEdge(connections: $connections)
      errors { message path code }
    }
  }
`
