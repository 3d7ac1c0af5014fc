// Writing: which address it leaves from and why, which others could be chosen, and what becomes of it.
declare function graphql(parts: TemplateStringsArray): unknown

export const query = graphql`
  query ComposerQuery($context: SenderContextInput!) {
    resolveSender(for: $context) {
      __typename
      ... on ResolvedSender {
        account { id address }
        from
        displayName
        rule
        explanation
        ready
        problem { title }
        excluded(first: 10) { nodes { reason explanation account { address } } pageInfo { endCursor } }
      }
      ... on NoSender { reason explanation advice { code message } }
    }
    ...Composer_senders @arguments(context: $context)
  }
`

export const senders = graphql`
  fragment Composer_senders on Query
  @argumentDefinitions(
    context: { type: "SenderContextInput!" }
    count: { type: "Int", defaultValue: 25 }
    cursor: { type: "String" }
  )
  @refetchable(queryName: "ComposerSendersQuery") {
    availableSenders(for: $context, first: $count, after: $cursor)
      @connection(key: "Composer_availableSenders") {
      edges { node { from displayName rule ready account { id } } }
    }
  }
`

export const send = graphql`
  mutation ComposerSendMutation($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message { id ...Composer_message }
      replayed
      errors { message path code }
    }
  }
`

export const message = graphql`
  fragment Composer_message on Message {
    id
    status
    from
    subject
    recipients { address kind status bouncedAt addressIsBad diagnosis { title explanation } }
    heldBecause { ...AccountListDiagnosis_diagnosis }
    waitingFor { ...AccountListDiagnosis_diagnosis }
    nextAttemptAt
    finishedAt
  }
`

export const progress = graphql`
  subscription ComposerMessageSubscription($messageId: ID!) {
    messageProgress(messageId: $messageId) { id ...Composer_message }
  }
`

export const sent = graphql`
  query ComposerSentQuery($filter: MessageFilter, $first: Int!, $after: String) {
    messages(filter: $filter, first: $first, after: $after)
      @connection(key: "ComposerSent_messages", filters: ["filter"]) {
      edges { node { id ...Composer_message } }
    }
  }
`

export const again = graphql`
  query ComposerNodeQuery($id: ID!, $ids: [ID!]!) {
    node(id: $id) { __typename id ...Composer_message @alias(as: "message") }
    nodes(ids: $ids) { id ...AccountListCard_account @alias(as: "account") }
  }
`
