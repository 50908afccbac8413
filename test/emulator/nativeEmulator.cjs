/**
 * Stands for emulator.mts in jest: Node itself loads it, once for each worker. Jest would load its modules and fastify's again
 * for each test file.
 */
module.exports = globalThis.native.createRequire(__filename)('./emulator.mts');
