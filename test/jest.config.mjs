import nodes from '../tsconfig.json' with { type: 'json' };

/** Tests are ES modules in .mts, the node's own code is CommonJS in .ts: each is compiled with its own tsconfig. */
export default {
	rootDir: '..',
	testEnvironment: '<rootDir>/test/engine/jestEnvironment.cjs',
	// Most tests wait for a server or a timer: more workers than cores keep the cores busy.
	maxWorkers: 6,
	testSequencer: '<rootDir>/test/longestFirst.cjs',
	// Loading n8n takes seconds on a busy machine, and it is done in hooks.
	testTimeout: 30_000,
	testMatch: ['<rootDir>/test/**/*.test.mts'],
	// `npm run test:lint` runs n8n's linter and scanner.
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/package/lint\\.test\\.mts$'],
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
	extensionsToTreatAsEsm: ['.mts'],
	moduleNameMapper: {
		'^n8n-workflow$': '<rootDir>/test/engine/nativeWorkflow.cjs',
		'/emulator\\.mts$': '<rootDir>/test/emulator/nativeEmulator.cjs',
	},
	transform: {
		// Types are checked by `npm run typecheck`, once and for all files.
		'\\.mts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/test/tsconfig.json', diagnostics: false }],
		// The build has no source maps, but a failed test is to show the line it failed in.
		'\\.ts$': ['ts-jest', { tsconfig: { ...nodes.compilerOptions, sourceMap: true }, diagnostics: false }],
	},
};
