"""graphql-core's executor, running compiled functions where an operation has been compiled."""

from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import DeferUsage, GroupedFieldSet
from graphql.pyutils import async_reduce

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
        """Middleware wraps every resolver, and an abort signal every awaitable: those are graphql-core's."""
        manager = self.middleware_manager
        return self.abort_signal is None and (manager is None or not manager.middlewares)

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        new_defer_usages: Sequence[DeferUsage],
    ) -> Any:
        form = self._form(serially=serially) if self.may_compile else ()
        if not form:
            return super().execute_collected_root_fields(
                root_type, root_value, grouped_field_set, serially, new_defer_usages
            )
        self.bound = {}
        run = form[0](self, root_value, None) if len(form) == 1 else async_reduce(self._then, form, {})
        if self.is_awaitable(run):
            return self._to_the_end(run)
        self.bound.clear()
        return run

    async def _to_the_end(self, run: Awaitable[Any]) -> Any:
        """An executor is part of a cycle: what is bound would wait for the collector with all it has read."""
        try:
            return await run
        finally:
            self.bound.clear()

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
