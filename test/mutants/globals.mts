/** As much of jest's globals as the rooms' tests use, with jest's own `expect` and `spyOn`: tests are noted here, and run by runner.mts. */
import { createRequire } from 'node:module';

export interface Test {
	/** Which one it is of its file: names are not unique. */
	id: string;
	name: string;
	body(): unknown;
}

const require = createRequire(import.meta.url);
const requireOfJest = createRequire(require.resolve('@jest/globals'));
const { jestExpect } = requireOfJest('@jest/expect') as { jestExpect: unknown };
const { ModuleMocker } = requireOfJest('jest-mock') as { ModuleMocker: new (scope: object) => object };

type Body = (...row: unknown[]) => unknown;
type Add = (name: string, body: Body) => void;

/** `test.each(rows)`: where all rows are lists, each is a list of arguments. */
const withEach = (add: Add) =>
	Object.assign(add, {
		each: (rows: unknown[]) => (name: string, body: Body) => {
			const areLists = rows.every((row) => Array.isArray(row));
			for (const row of rows) add(name, () => body(...(areLists ? (row as unknown[]) : [row])));
		},
	});

/** What a test file is given as `@jest/globals`, and the tests that it has noted by then. */
export function globalsFor(file: string) {
	const tests: Test[] = [];
	let path: string[] = [];
	const describe = withEach((name, body) => {
		path.push(name);
		body();
		path = path.slice(0, -1);
	});
	const test = withEach((name, body) => {
		tests.push({ id: `${file} ${tests.length + 1}`, name: [...path, name].join(' '), body });
	});
	return { tests, globals: { describe, test, it: test, expect: jestExpect, jest: new ModuleMocker(globalThis) } };
}
