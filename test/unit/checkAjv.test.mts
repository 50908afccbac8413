/** What the checker lets through, a strict validator lets through too. */
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import fc from '../lib/fastCheck.mts';

import { checkValues } from '../../nodes/RunComfy/values/checkValues.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import { forms, type Schema } from './schemas/forms.mts';

const IMAGE = 'https://example.com/shoe.jpg';

/** The validator knows JSON Schema only: no float, and nothing that is required without being there. */
function asJsonSchema({ properties, required }: Schema) {
	const mapped = Object.entries(properties).map(([name, property]) => [
		name,
		property.type === 'float' ? { ...property, type: 'number' } : property,
	]);
	return {
		type: 'object',
		additionalProperties: false,
		required: (required as string[]).filter((name) => name in properties),
		properties: Object.fromEntries(mapped) as Record<string, unknown>,
	};
}

const ajv = new Ajv({ unknownFormats: 'ignore', format: false });

/** Values that are near enough to what an input takes to get through now and then. */
function valueFor(property: Record<string, unknown>) {
	const members = (property.enum ?? []) as unknown[];
	const bounds = [property.minimum, property.maximum, property.default].filter((bound) => typeof bound === 'number');
	return fc.oneof(
		fc.constantFrom(
			...members,
			...members.map(String),
			...bounds,
			...bounds.map((bound) => bound + 1),
			...bounds.map((bound) => `${bound - 0.5}`),
			...[IMAGE, `${IMAGE}\n${IMAGE}`, [IMAGE], '[]', '{"a":1}', [{ a: 1 }], ['x'], true, 'false', null, '', '7', 7],
			...['a prompt', 'x'.repeat(5001), '👟', -0, 1e300],
		),
		fc.anything(),
	);
}

describe.each(Object.entries(forms))('%s', (_name, form) => {
	const schema = readModelSchema(form)!;
	const isValid = ajv.compile(asJsonSchema(form));
	const given = fc.record(
		Object.fromEntries(Object.entries(form.properties).map(([name, property]) => [name, valueFor(property)])),
		{ requiredKeys: [] },
	);

	test('nothing passes that the validator refuses', () => {
		let passed = 0;
		const check = (inputs: Record<string, unknown>, mayBeWrong: boolean) => {
			const { values: body, problems } = checkValues(schema, inputs);
			if (problems.length > 0) return;
			passed++;
			// What is required under another name is not known to the validator.
			const known = Object.fromEntries(Object.entries(body).filter(([name]) => name in form.properties));
			if (!isValid(known)) throw new Error(`${JSON.stringify(known)}: ${ajv.errorsText(isValid.errors)}`);
			expect(mayBeWrong || Object.keys(body).length).toBeTruthy();
		};
		fc.assert(
			fc.property(given, (inputs) => check(inputs, true)),
			{ numRuns: 200 },
		);
		// One input at a time beside a body that is right, so that enough gets through to say something.
		const right = rightInputs(form);
		check(right, false);
		expect(passed).toBeGreaterThan(0);
		for (const [name, property] of Object.entries(form.properties)) {
			fc.assert(
				fc.property(valueFor(property), (value) => check({ ...right, [name]: value }, true)),
				{ numRuns: 50 },
			);
		}
		expect(passed).toBeGreaterThan(30);
	});
});

/** Inputs that fill what is required. */
function rightInputs({ properties, required }: Schema): Record<string, unknown> {
	const values: Record<string, unknown> = {
		image: IMAGE,
		image_urls: IMAGE,
		prompt: 'a prompt',
		tags: 'calm',
		duration: '5',
		resolution: '2K',
		multi_prompt: '[{"prompt":"a"}]',
	};
	const names = (required as string[]).filter((name) => name in properties);
	return Object.fromEntries(names.map((name) => [name, values[name]]));
}
