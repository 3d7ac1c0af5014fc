// What a frontend does with the types: it has to compile, and the marked lines must not.
import type { AccountListQuery, ConnectTestMutationVariables, SetAccountScopeInput } from './made/types'

export const titles = (data: AccountListQuery): string[] => data.company.warnings.map(({ message }) => message)

export const variables: ConnectTestMutationVariables = {
  input: { draft: { address: 'a@b.example', providerKey: 'custom', credential: { password: '…' } } }
}

export const scope: SetAccountScopeInput = { accountId: '1', scope: { mode: 'SELECTED', projectIds: [] } }

// @ts-expect-error a credential is exactly one of its fields
export const both: ConnectTestMutationVariables['input']['draft'] = { address: 'a', providerKey: 'b', credential: { password: 'a', none: true } }

// @ts-expect-error there is no such mode
export const wrong: SetAccountScopeInput = { accountId: '1', scope: { mode: 'SOME' } }
