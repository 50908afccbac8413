/** What can be wrong with an address from which RunComfy is to fetch a file. */

import { quote } from './cleanText';
import type { Rule } from './problem';
import { sentences } from './sentences';
import { wrongShape } from './shape';
import { type Leftover, leftoverAdvice, leftoverWords } from './valueRules';

export interface AddressFault {
	/** What is wrong, about 'it'. */
	reason: string;
	/** What to do about just this; empty where the reason says it all. */
	advice: string;
}

const fault = (reason: string, advice = ''): AddressFault => ({ reason, advice });

const byNode = (node: string) => `Get the file with n8n's ${node} node`;
const byHttpRequest = (service: string) => `Get the file with the HTTP Request node and a ${service} credential`;

const SHARE_ELSEWHERE = 'It has no direct links to files: download the file, or share it in another way.';

/** How to get at the file behind a page that a person shares. */
const WAYS_TO_FILE: Readonly<Record<string, string>> = {
	'Google Drive': `${byNode('Google Drive')}, or, if anyone with the link can view it, use https://drive.google.com/uc?export=download&id= followed by the file's ID.`,
	'Google Photos': SHARE_ELSEWHERE,
	Dropbox: "Change dl=0 to dl=1 at the end of the link, or get the file with n8n's Dropbox node.",
	OneDrive: `${byNode('Microsoft OneDrive')}, or add download=1 to the URL if anyone with the link can view the file.`,
	SharePoint: `${byNode('Microsoft SharePoint')}: its files require a login.`,
	Slack: `${byHttpRequest('Slack')}: its files are private, and RunComfy cannot log in there.`,
	iCloud: SHARE_ELSEWHERE,
	Box: `${byNode('Box')}, or use the direct link in Box's link settings.`,
	WeTransfer: SHARE_ELSEWHERE,
	GitHub: 'Use the URL behind the Raw button.',
};

const NOT_THE_FILE =
	'RunComfy needs the file itself, not a page that shows it. Use the URL of the file, or pass the file itself to the node.';

const ALONE = 'Enter only the URL, without quotation marks, brackets or a name.';

/** What can be seen to be wrong with an address before it is fetched. */
export const ADDRESS_FAULT = {
	notText: (value: unknown) => fault('it is not text', wrongShape(value)),
	invisible: fault('it contains nothing visible', 'It consists of invisible characters only. Enter the URL again.'),
	leftover: (leftover: Leftover) => fault(`it contains ${leftoverWords(leftover)}`, leftoverAdvice(leftover)),
	several: fault(
		'it contains more than one URL',
		'Use one item per URL: {{ $json.field.split(",") }} turns the text into a list, and the Split Out node turns a list into items.',
	),
	severalLines: fault('it has more than one line', 'Enter one URL, on one line.'),
	textAround: fault('it contains other text besides the URL', ALONE),
	backslash: fault('it contains a backslash', 'Use / instead.'),
	twiceHttp: fault('it starts with http:// or https:// twice', 'Remove one of the two.'),
	notAUrl: fault('it is not a URL', 'Use a full URL, such as https://example.com/mug.jpg.'),
	notHttp: fault('it does not start with http:// or https://'),
	noHost: fault('it has no host', 'The host follows https://, as in https://example.com/mug.jpg.'),
	private: fault('it points to a private network'),
	page: (service: string) =>
		fault(`it is a page of ${quote(service)}, not a file`, WAYS_TO_FILE[service] ?? NOT_THE_FILE),
};

/** `wayOut`: what to do with a file that only n8n can read. */
export const unreachableAddress = ({ reason, advice }: AddressFault, wayOut: string): Rule => ({
	about: (name) => `RunComfy cannot reach ${name}: ${reason}`,
	advice: sentences(advice, 'The URL must be public, because RunComfy downloads the file itself.', wayOut),
});
