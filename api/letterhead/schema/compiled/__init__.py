"""Operations made into Python once, and run many times, with the answers that graphql-core gives.

Knows graphql-core and nothing else: ``executor.CompiledExecutor`` is an executor_class for its ``execute``.
"""
