/** RunComfy's own public sample: the photo in the examples. */
export const SAMPLE_PHOTO =
	'https://playgrounds-storage-public.runcomfy.net/tools/7018/media-files/usecase5-1-input.png';
