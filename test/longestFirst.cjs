/**
 * The order of the test files. Jest starts with those that took longest the last time; in a fresh clone, where it does not know
 * that, with the largest ones. These wait most and are small: left to the end, all but one worker would wait for them.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST =
	/faults\/(wait|purchase)|buysOnce\/(cancels|stop|retries)|node\/(stop|rateLimit|testRuns|chaos)\.|bench\/promises/;

module.exports = class extends Sequencer {
	sort(tests) {
		const sorted = super.sort(tests);
		const isLong = ({ path }) => LONGEST.test(path);
		return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
	}
};
