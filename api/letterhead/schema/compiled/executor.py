"""graphql-core's executor, running compiled functions where an operation has been compiled."""

from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationType
from graphql.pyutils import async_reduce
from graphql.type.definition import GraphQLResolveInfoHelpers

from letterhead.schema.compiled.operations import Operations
from letterhead.schema.compiled.run import Run, Select
from letterhead.schema.compiled.shortcuts import NO_SHORTCUTS, Shortcuts

KEY = "letterhead.compiled"
"""Where a schema keeps its operations, among its ``extensions``."""


class CompiledExecutor(Run):
    """An executor_class for graphql-core's ``execute``, which has read variables and chosen the operation.

    Whether an operation is compiled is settled before its first resolver is called.
    """

    @classmethod
    def shortcuts(cls, schema: GraphQLSchema) -> Shortcuts:
        """What is known of ``schema``; asked for once."""
        return NO_SHORTCUTS

    @property
    def may_compile(self) -> bool:
        """Middleware wraps every resolver, an abort signal every awaitable, and a hook waits for all that is
        awaited: those are graphql-core's."""
        manager = self.middleware_manager
        is_watched = self.abort_signal is not None or self.hooks is not None
        return not is_watched and (manager is None or not manager.middlewares)

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Made for whoever asks. Kept, they would hold the executor, and so all that was read, in a cycle."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, kept: GraphQLResolveInfoHelpers) -> None:
        pass

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Of what is compiled, fields have been collected already."""
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        form = self._form(serially=serially) if self.may_compile else ()
        if not form:
            return super().execute_operation(serially)
        self.bound = {}
        try:
            data = self._selected(form)
        except GraphQLError as error:
            return self._without_data(error)
        if self.is_awaitable(data):
            return self._when_selected(data)
        return self.build_response(data)

    def _selected(self, form: Sequence[Select]) -> Any:
        if len(form) == 1:
            return form[0](self, self.root_value, None)
        return async_reduce(self._then, form, {})

    async def _when_selected(self, data: Awaitable[dict[str, Any]]) -> Any:
        try:
            selected = await data
        except GraphQLError as error:
            return self._without_data(error)
        return self.build_response(selected)

    def _without_data(self, error: GraphQLError) -> Any:
        """As graphql-core answers what must not be null at the root."""
        self.collected_errors.add(error, None)
        return self.build_response(None)

    def _form(self, *, serially: bool) -> Sequence[Select]:
        kept = self.schema.extensions
        if KEY not in kept:
            kept[KEY] = Operations(self.shortcuts(self.schema))
        operations: Operations = kept[KEY]
        return operations.form(self, serially=serially)

    def _then(self, results: dict[str, Any], select: Select) -> Any:
        selected = select(self, self.root_value, None)
        if not self.is_awaitable(selected):
            return results | selected

        async def when_selected() -> Any:
            return results | await selected

        return when_selected()
