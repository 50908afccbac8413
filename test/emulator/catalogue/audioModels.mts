import { choice, decimal, flag, media, mediaList, prompt, whole, wholeChoice } from './inputs.mts';
import { defineModel, type Model } from './model.mts';

const VOICES =
	'vivi_mixed_en_zh_ja_es_id mindy_en_es_id_pt_zh kian_en_zh cedric_en_zh sophie_en_zh jean_en_zh magnus_en_zh ' +
	'mabel_en_zh nadia_en_zh opal_en_zh pearl_en_zh quentin_en_zh corinne_mixed_en_zh esther_mixed_en_zh ' +
	'lyla_mixed_en_zh tracy_es_zh sandy_es_mixed_en_zh felix_zh celeste_zh monkey_king_zh';

/** Models that make sound. Inputs as RunComfy's schemas have them; words and prices are this emulator's. */
export const AUDIO_MODELS: readonly Model[] = [
	defineModel({
		id: 'bytedance/seed-audio-1.0/text-to-audio',
		name: 'Seed Audio 1.0',
		description: 'Speech in twenty voices.',
		categories: ['text-to-audio'],
		price: [0.001, 'second'],
		required: ['prompt'],
		inputs: {
			prompt: prompt('The next train leaves from platform two.'),
			voice: choice(VOICES.split(' '), 'vivi_mixed_en_zh_ja_es_id'),
			audio_urls: mediaList('audio', { max: 3, description: 'Clips of at most 30 seconds and 10 MB.' }),
			image_url: media('image', undefined, { description: 'A picture or clips, not both.' }),
			speed: decimal(0.5, 2, 1),
			volume: decimal(0.5, 2, 1),
			pitch: whole(-12, 12, 0),
			sample_rate: wholeChoice([8000, 16000, 24000, 32000, 44100, 48000], 24000),
			output_format: choice(['wav', 'mp3', 'pcm', 'ogg_opus'], 'mp3'),
		},
	}),
	defineModel({
		id: 'elevenlabs/elevenlabs/music-generation',
		name: 'ElevenLabs Music',
		description: 'Music of five seconds to five minutes.',
		categories: ['text-to-audio'],
		price: [0.008, 'second'],
		required: ['prompt'],
		inputs: {
			prompt: prompt('A march for a very small band.'),
			music_length_ms: whole(5000, 300000, 40000),
			force_instrumental: flag(false),
			output_format: choice(
				['mp3_standard', 'mp3_high_quality', 'wav_16khz', 'wav_22khz', 'wav_24khz', 'wav_cd_quality'],
				'mp3_standard',
			),
		},
	}),
];
