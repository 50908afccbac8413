/** Tests are ES modules in .mts, the node's own code is CommonJS in .ts: each is compiled with its own tsconfig. */
export default {
	rootDir: '..',
	testEnvironment: 'node',
	testMatch: ['<rootDir>/test/**/*.test.mts'],
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
	extensionsToTreatAsEsm: ['.mts'],
	transform: {
		// Types are checked by `npm run typecheck`, once and for all files.
		'\\.mts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/test/tsconfig.json', diagnostics: false }],
		'\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json', diagnostics: false }],
	},
};
