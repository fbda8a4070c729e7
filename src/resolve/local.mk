# resolve: what a held task executes, and whose container it is in.
# Two lists, so that each half has its own lines: the execution, and the engines' state.
resolve_execution_files =
resolve_engine_files =
noinst_HEADERS += src/resolve/engine.h
