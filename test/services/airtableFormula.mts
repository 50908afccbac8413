/** As much of Airtable's formula language as filters of records need: fields, texts, numbers, comparisons, some functions. */

type Value = unknown;

interface Scope {
	field(name: string): Value;
	nowMs: number;
}

/** Texts, names of fields, numbers, words, signs. */
const TOKEN = /\s*(?:"([^"]*)"|'([^']*)'|\{([^}]*)\}|(\d+(?:\.\d+)?)|([A-Z_]+)|([(),]|>=|<=|!=|=|>|<))/y;

const MINUTE_MS = 60_000;

/** Airtable's own rule: empty cells, 0 and empty texts do not count. */
const isTrue = (value: Value) => Boolean(value) && !(Array.isArray(value) && value.length === 0);

/** An empty cell equals an empty text. */
const same = (a: Value, b: Value) => (a ?? '') === (b ?? '');

const timeMs = (value: Value) => (value === undefined ? Number.NaN : Date.parse(String(value)));

const FUNCTIONS: Record<string, (args: Value[], scope: Scope) => Value> = {
	AND: (args) => args.every(isTrue),
	OR: (args) => args.some(isTrue),
	NOT: ([value]) => !isTrue(value),
	NOW: (_args, { nowMs }) => new Date(nowMs).toISOString(),
	IS_AFTER: ([a, b]) => timeMs(a) > timeMs(b),
	DATETIME_PARSE: ([text]) => text,
	DATETIME_DIFF: ([a, b, unit]) => {
		if (unit !== 'minutes') throw new Error(`This stand-in counts no ${String(unit)}`);
		return Math.trunc((timeMs(a) - timeMs(b)) / MINUTE_MS);
	},
};

const COMPARISONS: Record<string, (a: Value, b: Value) => boolean> = {
	'=': same,
	'!=': (a, b) => !same(a, b),
	'>': (a, b) => Number(a) > Number(b),
	'<': (a, b) => Number(a) < Number(b),
	'>=': (a, b) => Number(a) >= Number(b),
	'<=': (a, b) => Number(a) <= Number(b),
};

/** Whether a record passes a filter. @throws Error when the formula is not understood */
export function passes(formula: string, scope: Scope): boolean {
	const tokens = tokenize(formula);
	const value = comparison(tokens, scope);
	if (tokens.length > 0) throw new Error(`Not understood in ${formula}: ${tokens[0].text}`);
	return isTrue(value);
}

interface Token {
	kind: 'text' | 'field' | 'number' | 'word' | 'sign';
	text: string;
}

function tokenize(formula: string): Token[] {
	const tokens: Token[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < formula.trimEnd().length) {
		const at = TOKEN.lastIndex;
		const match = TOKEN.exec(formula);
		if (match === null) throw new Error(`Not understood: ${formula.slice(at)}`);
		const [, double, single, field, number, word, sign] = match;
		const text = double ?? single;
		if (text !== undefined) tokens.push({ kind: 'text', text });
		else if (field !== undefined) tokens.push({ kind: 'field', text: field });
		else if (number !== undefined) tokens.push({ kind: 'number', text: number });
		else if (word !== undefined) tokens.push({ kind: 'word', text: word });
		else tokens.push({ kind: 'sign', text: sign });
	}
	return tokens;
}

function comparison(tokens: Token[], scope: Scope): Value {
	const left = operand(tokens, scope);
	const [next] = tokens;
	if (next?.kind !== 'sign' || !(next.text in COMPARISONS)) return left;
	tokens.shift();
	return COMPARISONS[next.text](left, operand(tokens, scope));
}

function operand(tokens: Token[], scope: Scope): Value {
	const token = tokens.shift();
	if (token === undefined) throw new Error('The formula ends too early');
	if (token.kind === 'text') return token.text;
	if (token.kind === 'number') return Number(token.text);
	if (token.kind === 'field') return scope.field(token.text);
	const call = FUNCTIONS[token.text];
	if (token.kind !== 'word' || call === undefined) throw new Error(`Not understood: ${token.text}`);
	return call(callArguments(tokens, scope), scope);
}

function callArguments(tokens: Token[], scope: Scope): Value[] {
	const args: Value[] = [];
	expect(tokens, '(');
	while (tokens[0]?.text !== ')') {
		if (args.length > 0) expect(tokens, ',');
		args.push(comparison(tokens, scope));
	}
	expect(tokens, ')');
	return args;
}

function expect(tokens: Token[], sign: string): void {
	const token = tokens.shift();
	if (token?.text !== sign) throw new Error(`${sign} expected, not ${token?.text ?? 'the end'}`);
}
