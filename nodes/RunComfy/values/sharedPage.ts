/** Links that a person copies from a service's *Share* button: they lead to a page, or want a login, and not to the file. */
import type { SharedService } from '../errors/addressErrors';

interface Pages {
	service: SharedService;
	/** The domain, its subdomains included. */
	hosts: string[];
	/** Whether an address there is a file that anybody may fetch. */
	isFile(url: URL): boolean;
}

const has = (url: URL, name: string, ...values: string[]) => values.includes(url.searchParams.get(name) ?? '');

const never = () => false;

/** Source: the services' own help pages on sharing and direct links. */
const PAGES: Pages[] = [
	{
		service: 'Google Drive',
		hosts: ['drive.google.com', 'docs.google.com'],
		isFile: ({ pathname }) => /^(\/u\/\d+)?\/(uc|thumbnail)$/.test(pathname) || /\/export(\/\w+)?$/.test(pathname),
	},
	{ service: 'Google Photos', hosts: ['photos.google.com', 'photos.app.goo.gl'], isFile: never },
	{
		service: 'Dropbox',
		hosts: ['dropbox.com'],
		isFile: (url) => /^dl\./.test(url.hostname) || has(url, 'dl', '1') || has(url, 'raw', '1'),
	},
	{
		service: 'OneDrive',
		hosts: ['1drv.ms', 'onedrive.live.com'],
		isFile: (url) => url.pathname.startsWith('/download') || has(url, 'download', '1'),
	},
	{
		service: 'SharePoint',
		hosts: ['sharepoint.com'],
		isFile: (url) =>
			/\/download\.aspx$/i.test(url.pathname) || has(url, 'download', '1') || url.searchParams.has('tempauth'),
	},
	{
		service: 'Slack',
		hosts: ['slack.com', 'slack-files.com'],
		isFile: (url) => url.searchParams.has('pub_secret') || /^(a|ca|emoji|avatars)\./.test(url.hostname),
	},
	{ service: 'iCloud', hosts: ['icloud.com'], isFile: ({ hostname }) => /(^|\.)cvws\./.test(hostname) },
	{
		service: 'Box',
		hosts: ['box.com'],
		isFile: ({ pathname, hostname }) => pathname.startsWith('/shared/static/') || /(^|\.)dl\d?\./.test(hostname),
	},
	{ service: 'WeTransfer', hosts: ['we.tl', 'wetransfer.com'], isFile: never },
	{
		service: 'GitHub',
		hosts: ['github.com'],
		isFile: (url) => !/^\/[^/]+\/[^/]+\/(blob|tree)\//.test(url.pathname) || has(url, 'raw', 'true', '1'),
	},
];

const isOf = (hostname: string, domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);

/** The service whose page the address is; undefined for what may well be a file. */
export function sharedPageOf(url: URL): SharedService | undefined {
	const hostname = url.hostname.replace(/\.$/, '');
	return PAGES.find(({ hosts, isFile }) => hosts.some((host) => isOf(hostname, host)) && !isFile(url))?.service;
}
