/**
 * Stands for `n8n-workflow` in jest: the very module that the engine uses, which n8n.mts has Node load. The node's errors would
 * be strangers to the engine otherwise.
 */
const { createRequire, env } = globalThis.native;
const { RUNCOMFY_ENGINE } = env;

module.exports = createRequire(RUNCOMFY_ENGINE ? `${RUNCOMFY_ENGINE}/package.json` : __filename)('n8n-workflow');
