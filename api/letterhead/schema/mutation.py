"""Everything that can be done."""

import strawberry

from letterhead.schema import (
    account_mutations,
    api_tokens,
    bad_addresses,
    company_mutations,
    directory_mutations,
    message_mutations,
    release_mutations,
    signin_mutations,
    upkeep_mutations,
    webhooks,
)


@strawberry.type(description="Everything that can be done.")
class Mutation:
    start_sign_in = strawberry.mutation(
        signin_mutations.start_sign_in, description="Begins to obtain a credential, step by step."
    )
    continue_sign_in = strawberry.mutation(
        signin_mutations.continue_sign_in, description="Answers the form a sign-in stands at."
    )
    cancel_sign_in = strawberry.mutation(
        signin_mutations.cancel_sign_in, description="Gives a sign-in up and forgets what was entered."
    )
    create_sign_in_link = strawberry.mutation(
        signin_mutations.create_sign_in_link,
        description="Makes a one-time link by which the owner of a mailbox signs in, so that nobody else sees"
        " the secret. The sign-in is its maker's: watch signInProgress; cancelSignIn withdraws the link.",
    )
    test_account = strawberry.mutation(
        account_mutations.test_account,
        description="Begins a test and answers at once; watch accountTestProgress, or read the test again.",
    )
    cancel_test = strawberry.mutation(account_mutations.cancel_test, description="Ends a running test.")
    save_email_account = strawberry.mutation(
        account_mutations.save_email_account,
        description="Takes a passed test, not settings: what was not tested cannot be saved. New, or the"
        " servers of an existing account.",
    )
    update_email_account = strawberry.mutation(
        account_mutations.update_email_account, description="Changes names and order, which need no test."
    )
    set_account_access = strawberry.mutation(
        account_mutations.set_account_access, description="Says who may write as a company address."
    )
    set_account_scope = strawberry.mutation(
        account_mutations.set_account_scope, description="Says in which projects an address serves."
    )
    set_account_limits = strawberry.mutation(
        upkeep_mutations.set_account_limits,
        description="Sets limits of an account's own, never above its mail service's.",
    )
    set_bounce_reading = strawberry.mutation(
        upkeep_mutations.set_bounce_reading,
        description="Says whether an account's incoming mailbox is read for bounces.",
    )
    set_account_enabled = strawberry.mutation(
        account_mutations.set_account_enabled, description="Switches an account off, or on again."
    )
    delete_email_account = strawberry.mutation(
        account_mutations.delete_email_account,
        description="Deletes an account and its secrets; its queued messages are held.",
    )
    send_message = strawberry.mutation(
        message_mutations.send_message, description="Queues a message; what becomes of it is in Message."
    )
    cancel_message = strawberry.mutation(
        message_mutations.cancel_message, description="Takes a message back that has not gone out."
    )
    retry_message = strawberry.mutation(
        message_mutations.retry_message, description="Tries a waiting message at once."
    )
    release_messages = strawberry.mutation(
        release_mutations.release_messages,
        description="Lets held messages go, from an address chosen now: rendered anew, only for recipients"
        " neither accepted nor uncertain, their history kept.",
    )
    forget_bad_address = strawberry.mutation(
        bad_addresses.forget_bad_address,
        description="Says that an address is good after all, although mail to it came back.",
    )
    sync_directory = strawberry.mutation(
        directory_mutations.sync_directory,
        description="Employees, groups, memberships and projects of the host system: idempotent, in bulk.",
    )
    set_policy = strawberry.mutation(
        company_mutations.change_policy, description="Changes the company's rules of sending."
    )
    create_api_token = strawberry.mutation(
        api_tokens.create_api_token,
        description="Makes a token for a tool. It is shown once, and never holds more than its maker.",
    )
    revoke_api_token = strawberry.mutation(
        api_tokens.revoke_api_token, description="Ends a token, at once and for good."
    )
    create_webhook = strawberry.mutation(
        webhooks.create_webhook,
        description="Sends events to a tool from now on. What they are signed with is shown this once.",
    )
    delete_webhook = strawberry.mutation(
        webhooks.delete_webhook, description="Sends no more events there; what was on its way is dropped."
    )
