/** What is wrong with an address that RunComfy is to fetch a file from. */
import { quote } from './foreignText';
import { leftoverAdvice } from './inputErrors';
import { RunComfyError } from './RunComfyError';
import { sentences } from './sentences';
import { wrongShape } from './wrongShape';

export interface AddressFault {
	/** What is wrong, about 'it'. */
	reason: string;
	/** What to do about just this; empty where the reason says it all. */
	advice: string;
}

const fault = (reason: string, advice = ''): AddressFault => ({ reason, advice });

const byNode = (node: string) => `Fetch the file with n8n's node ${node}`;
const byHttpRequest = (service: string) => `Fetch the file with the node HTTP Request and a credential of ${service}`;

/** Services whose links are mistaken for files, and how to get at the file. */
const WAY_TO_FILE = {
	'Google Drive': `${byNode('Google Drive')}, or write https://drive.google.com/uc?export=download&id= and the file's ID for one that anybody may see.`,
	'Google Photos': 'It gives no address of a file to anybody else: download the photo, or share it by another service.',
	Dropbox: `Write dl=1 in place of dl=0 at the end of the address, or ${byNode('Dropbox').replace('Fetch', 'fetch')}.`,
	OneDrive: `${byNode('Microsoft OneDrive')}, or add download=1 to the address of a file that anybody may see.`,
	SharePoint: `${byNode('Microsoft SharePoint')}: its files want a login.`,
	Slack: `${byHttpRequest('Slack')}: its files are private, and RunComfy has no login there.`,
	iCloud: 'It gives no address of a file to anybody else: download the photo, or share it by another service.',
	Box: `${byNode('Box')}, or use the direct link of Box's link settings.`,
	WeTransfer: 'It gives no address of a file: download the file, or share it by another service.',
	GitHub: 'Use the address of the button Raw.',
} as const;

export type SharedService = keyof typeof WAY_TO_FILE;

/** What can be seen to be wrong with an address before it is fetched. */
export const ADDRESS_FAULT = {
	empty: fault('it is empty'),
	notText: (value: unknown) => fault('it is not text', wrongShape(value)),
	leftover: ({ kind, found }: { kind: 'expression' | 'trace'; found: string }) =>
		fault(
			kind === 'expression'
				? `it holds an expression that was not resolved, ${quote(found, 60)}`
				: `it holds what no person wrote, ${quote(found, 60)}`,
			leftoverAdvice(kind),
		),
	several: fault(
		'it holds more than one address',
		'Split them into items, one address each: the node Split Out does that with a list, and {{ $json.field.split(",") }} makes one.',
	),
	severalLines: fault('it has more than one line', 'Write one address only, in one line.'),
	textAround: fault('it holds other text besides the address', 'Write the address alone, without quotes or a name.'),
	twiceHttp: fault('it starts with http:// or https:// twice', 'Take one of the two out.'),
	notAUrl: fault(
		'it is not a URL',
		'A URL starts with https:// and goes on with a host, as in https://example.com/shoe.jpg.',
	),
	notHttp: fault('it does not start with http:// or https://'),
	noHost: fault('it names no host', 'After https:// comes the host, as in https://example.com/shoe.jpg.'),
	private: fault('it points into a private network'),
	page: (service: SharedService) => fault(`it is a page of ${service}, not a file`, WAY_TO_FILE[service]),
};

/** `advice`: about just this address; `wayOut`: what to do with a file that only n8n can read. */
export const addressUnreachable = (name: string, reason: string, advice: string, noun: string, wayOut: string) =>
	new RunComfyError(
		`RunComfy cannot reach '${name}': ${reason}`,
		sentences(advice, `The address must be public, since RunComfy fetches the ${noun} itself.`, wayOut),
	);
