/**
 * Addresses that a person copies from a service's *Share* button or from the browser: they lead to a page, or want a login,
 * and not to the file. To add a service, add a line, and to `errors/valueRules` how to get at its files.
 */

const has = (url: URL, name: string, ...values: string[]) => values.includes(url.searchParams.get(name) ?? '');

/**
 * `hosts`: domains, their subdomains included. `isFile`: whether an address there is a file for anybody; where it is missing,
 * none is.
 */
type Service = [name: string, hosts: readonly string[], isFile?: (url: URL) => boolean];

/** Source: the services' own help pages on sharing and direct links. */
const SERVICES: readonly Service[] = [
	[
		'Google Drive',
		['drive.google.com', 'docs.google.com'],
		({ pathname }) => /^(\/u\/\d+)?\/(uc|thumbnail)$/.test(pathname) || /\/export(\/\w+)?$/.test(pathname),
	],
	['Google Photos', ['photos.google.com', 'photos.app.goo.gl']],
	['Dropbox', ['dropbox.com'], (url) => /^dl\./.test(url.hostname) || has(url, 'dl', '1') || has(url, 'raw', '1')],
	[
		'OneDrive',
		['1drv.ms', 'onedrive.live.com'],
		(url) => url.pathname.startsWith('/download') || has(url, 'download', '1'),
	],
	[
		'SharePoint',
		['sharepoint.com'],
		(url) => /\/download\.aspx$/i.test(url.pathname) || has(url, 'download', '1') || url.searchParams.has('tempauth'),
	],
	[
		'Slack',
		['slack.com', 'slack-files.com'],
		(url) => url.searchParams.has('pub_secret') || /^(a|ca|emoji|avatars)\./.test(url.hostname),
	],
	['iCloud', ['icloud.com'], ({ hostname }) => /(^|\.)cvws\./.test(hostname)],
	[
		'Box',
		['box.com'],
		({ pathname, hostname }) => pathname.startsWith('/shared/static/') || /(^|\.)dl\d?\./.test(hostname),
	],
	['WeTransfer', ['we.tl', 'wetransfer.com']],
	[
		'GitHub',
		['github.com'],
		(url) => !/^\/[^/]+\/[^/]+\/(blob|tree)\//.test(url.pathname) || has(url, 'raw', 'true', '1'),
	],
	// Sites to watch or browse. Their files come from other domains, such as fbcdn.net or twimg.com.
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

const isOf = (hostname: string, domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);

/** The service whose page the address is; undefined for what may well be a file. */
export function serviceOfPage(url: URL): string | undefined {
	const hostname = url.hostname.replace(/\.$/, '');
	return SERVICES.find(
		([, hosts, isFile]) => hosts.some((host) => isOf(hostname, host)) && isFile?.(url) !== true,
	)?.[0];
}
