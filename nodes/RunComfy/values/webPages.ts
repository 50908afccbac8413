/**
 * Addresses that a person copies from a service's *Share* button or from the browser: they lead to a page, or want a login,
 * and not to the file. To add a service, add a line, and to `errors/addressRules` how to get at its files.
 */

interface Service {
	name: string;
	/** Its domains, their subdomains included. */
	hosts: readonly string[];
	/** Whether an address there is a file that anybody may fetch. Where it is missing, none is. */
	isFile?(url: URL): boolean;
}

const has = (url: URL, name: string, ...values: string[]) => values.includes(url.searchParams.get(name) ?? '');

/** Source: the services' own help pages on sharing and direct links. */
const STORAGE: readonly Service[] = [
	{
		name: 'Google Drive',
		hosts: ['drive.google.com', 'docs.google.com'],
		isFile: ({ pathname }) => /^(\/u\/\d+)?\/(uc|thumbnail)$/.test(pathname) || /\/export(\/\w+)?$/.test(pathname),
	},
	{ name: 'Google Photos', hosts: ['photos.google.com', 'photos.app.goo.gl'] },
	{
		name: 'Dropbox',
		hosts: ['dropbox.com'],
		isFile: (url) => /^dl\./.test(url.hostname) || has(url, 'dl', '1') || has(url, 'raw', '1'),
	},
	{
		name: 'OneDrive',
		hosts: ['1drv.ms', 'onedrive.live.com'],
		isFile: (url) => url.pathname.startsWith('/download') || has(url, 'download', '1'),
	},
	{
		name: 'SharePoint',
		hosts: ['sharepoint.com'],
		isFile: (url) =>
			/\/download\.aspx$/i.test(url.pathname) || has(url, 'download', '1') || url.searchParams.has('tempauth'),
	},
	{
		name: 'Slack',
		hosts: ['slack.com', 'slack-files.com'],
		isFile: (url) => url.searchParams.has('pub_secret') || /^(a|ca|emoji|avatars)\./.test(url.hostname),
	},
	{
		name: 'iCloud',
		hosts: ['icloud.com'],
		isFile: ({ hostname }) => /(^|\.)cvws\./.test(hostname),
	},
	{
		name: 'Box',
		hosts: ['box.com'],
		isFile: ({ pathname, hostname }) => pathname.startsWith('/shared/static/') || /(^|\.)dl\d?\./.test(hostname),
	},
	{ name: 'WeTransfer', hosts: ['we.tl', 'wetransfer.com'] },
	{
		name: 'GitHub',
		hosts: ['github.com'],
		isFile: (url) => !/^\/[^/]+\/[^/]+\/(blob|tree)\//.test(url.pathname) || has(url, 'raw', 'true', '1'),
	},
];

/** Sites to watch or browse. Their files come from other domains, such as fbcdn.net or twimg.com. */
const WATCHED: ReadonlyArray<[name: string, hosts: readonly string[], isFile?: (url: URL) => boolean]> = [
	['YouTube', ['youtube.com', 'youtu.be', 'youtube-nocookie.com']],
	[
		'Vimeo',
		['vimeo.com'],
		({ pathname }) => /^\/(external|progressive_redirect|play)\//.test(pathname) || /\.(mp4|m3u8)$/i.test(pathname),
	],
	['TikTok', ['tiktok.com']],
	['Instagram', ['instagram.com']],
	['Facebook', ['facebook.com', 'fb.watch'], ({ hostname }) => hostname === 'graph.facebook.com'],
	['X', ['x.com', 'twitter.com'], ({ hostname }) => /^(video|pbs)\./.test(hostname)],
	['Dailymotion', ['dailymotion.com', 'dai.ly']],
	['Twitch', ['twitch.tv']],
	['Loom', ['loom.com'], ({ hostname }) => /^cdn\./.test(hostname)],
	['Bilibili', ['bilibili.com', 'b23.tv']],
	['Rumble', ['rumble.com']],
	['SoundCloud', ['soundcloud.com']],
	['Spotify', ['open.spotify.com']],
	['Pinterest', ['pinterest.com', 'pin.it']],
];

const SERVICES: readonly Service[] = [...STORAGE, ...WATCHED.map(([name, hosts, isFile]) => ({ name, hosts, isFile }))];

const isOf = (hostname: string, domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);

/** The service whose page the address is; undefined for what may well be a file. */
export function serviceOfPage(url: URL): string | undefined {
	const hostname = url.hostname.replace(/\.$/, '');
	return SERVICES.find(({ hosts, isFile }) => hosts.some((host) => isOf(hostname, host)) && isFile?.(url) !== true)
		?.name;
}
