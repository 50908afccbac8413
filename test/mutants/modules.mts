/** Loads the project's files as CommonJS: compiled once, but run anew for every caller, so that no run finds what another left. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Script } from 'node:vm';

import ts from 'typescript';

type Run = (exports: object, require: (name: string) => unknown) => void;

const COMPILER_OPTIONS: ts.CompilerOptions = {
	module: ts.ModuleKind.CommonJS,
	target: ts.ScriptTarget.ES2022,
	esModuleInterop: true,
};

const compiled = new Map<string, Run>();

function compile(file: string): Run {
	const known = compiled.get(file);
	if (known !== undefined) return known;
	// By the name of an .mts it would stay an ES module.
	const fileName = file.replace(/\.mts$/, '.ts');
	const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
		fileName,
		compilerOptions: COMPILER_OPTIONS,
	});
	const code = outputText.replaceAll('import.meta.dirname', JSON.stringify(dirname(file)));
	const run = new Script(`(function (exports, require) {${code}\n})`, {
		filename: file,
	}).runInThisContext() as Run;
	compiled.set(file, run);
	return run;
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * A `require` with modules of its own.
 * @param given what stands for some modules, by their names
 */
export function freshRequire(given: Record<string, unknown>): (file: string) => unknown {
	const loaded = new Map<string, object>();

	function load(file: string): unknown {
		const known = loaded.get(file);
		if (known !== undefined) return known;
		const exports = {};
		loaded.set(file, exports);
		compile(file)(exports, (name) => {
			if (Object.hasOwn(given, name)) return given[name];
			const path = resolve(dirname(file), name);
			const source = name.startsWith('.') && [path, `${path}.ts`, `${path}/index.ts`].find(isFile);
			return source && /\.m?ts$/.test(source) ? load(source) : createRequire(file)(name);
		});
		return exports;
	}

	return load;
}
