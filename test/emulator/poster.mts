import type { Pixels } from './cutout.mts';
import { hashText } from './random.mts';

const SIDE = 900;

const FRAME = { left: 210, top: 130, width: 480, height: 590 };

/** Longer prompts are cut: they would be too small to read. */
const MAX_CHARACTERS = 150;

/** Width of a letter as a share of its height, on average. */
const LETTER_WIDTH = 0.56;

/** A framed print that has the prompt's words on it, for models that make a picture of words alone. */
export async function poster(prompt: string): Promise<Pixels> {
	const { left, top, width, height } = FRAME;
	const lines = wrapped(prompt.length > MAX_CHARACTERS ? `${prompt.slice(0, MAX_CHARACTERS)}…` : prompt);
	const longest = Math.max(...lines.map(({ length }) => length), 6);
	const letter = Math.min(64, (width - 130) / (longest * LETTER_WIDTH), (height - 200) / (lines.length * 1.25));
	const hue = 190 + (hashText(prompt) % 190);
	const middle = top + height / 2 - 14;
	const words = lines.map((line, index) => {
		const y = middle + (index - (lines.length - 1) / 2) * letter * 1.25 + letter * 0.35;
		return `<text x="${left + width / 2}" y="${y}" font-size="${letter}">${escaped(line)}</text>`;
	});
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
		<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(${hue}, 52%, 46%)"/>
			<stop offset="1" stop-color="hsl(${hue + 48}, 58%, 27%)"/></linearGradient></defs>
		<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="3" fill="#2a2421"/>
		<rect x="${left + 11}" y="${top + 11}" width="${width - 22}" height="${height - 22}" fill="#fbf9f5"/>
		<rect x="${left + 40}" y="${top + 40}" width="${width - 80}" height="${height - 110}" fill="url(#g)"/>
		<g font-family="Georgia, 'DejaVu Serif', 'Liberation Serif', serif" text-anchor="middle" fill="#fff">${words.join('')}
			<text x="${left + width / 2}" y="${top + height - 34}" font-size="17" letter-spacing="2" fill="#6b645d">SIMULATED PICTURE</text></g></svg>`;
	const { default: sharp } = await import('sharp');
	const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
	return { data, width: info.width, height: info.height };
}

/** Lines of about the shape of the print. */
function wrapped(text: string): string[] {
	const most = Math.max(8, Math.ceil(Math.sqrt(text.length * 2.2)));
	const lines: string[] = [''];
	for (const word of text.split(/\s+/)) {
		const line = `${lines.at(-1)} ${word}`.trim();
		if (line.length > most && lines.at(-1) !== '') lines.push(word);
		else lines[lines.length - 1] = line;
	}
	return lines;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
