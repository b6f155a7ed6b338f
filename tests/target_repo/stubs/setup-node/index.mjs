// Stands in for actions/setup-node: the machine's own Node.js stays.

const { begin } = await import(process.env.TARGET_REPO_STUBS)

begin('setup-node', import.meta.dirname)
