import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { hintsFor, totalCost } from '../../nodes/RunComfy/output/hints.ts';

const items = (...jsons: IDataObject[]) => jsons.map((json) => ({ json }));
const picture = (requestId: string, cost?: number) => ({
	request_id: requestId,
	image_url: 'https://x.example/a.png',
	cost,
});

describe('the cost', () => {
	test.each([
		['of no items', [], 0],
		['of items without one', [picture('a')], 0],
		[
			'of three requests, without the dust of binary fractions',
			[picture('a', 0.1), picture('b', 0.2), picture('c', 0.3)],
			0.6,
		],
		['of a request with several files, once', [picture('a', 0.12), picture('a', 0.12)], 0.12],
	])('%s', (_what, jsons, cost) => expect(totalCost(items(...jsons))).toBeCloseTo(cost, 9));
});

describe('what the output pane says', () => {
	test.each<[string, IDataObject[], string[]]>([
		['nothing', [{ request_id: 'a' }], []],
		['one picture and its cost', [picture('a', 0.06)], ['1 picture, $0.06 in total']],
		['pictures and their cost', [picture('a', 0.1), picture('b', 0.2)], ['2 pictures, $0.3 in total']],
		[
			'requests not finished yet',
			[{ request_id: 'a', finished: false }],
			['1 request not finished yet: fetch them later with Get Result and their request_id'],
		],
		[
			'files that are missing',
			[
				{ ...picture('a'), download_error: 'no' },
				{ ...picture('b'), download_error: 'no' },
			],
			['2 files could not be downloaded: see download_error in the items'],
		],
		['nothing of a finished request', [{ request_id: 'a', finished: true }], []],
	])('%s', (_what, jsons, messages) =>
		expect(hintsFor(items(...jsons)).map(({ message }) => message)).toEqual(messages),
	);
});
