/** Background: the background of a photo, by Ideogram V3 Replace Background. */

import {
	optionsField,
	paidOptionFields,
	runAndWaitOptionFields,
	simplifyField,
	variantsField,
} from '../../batch/optionFields';
import { buyingOperations } from '../buyingOperations';
import type { ResourceEntry } from '../registryEntries';
import { backgroundFields } from './backgroundFields';

const BACKGROUND = 'background';

const shownForResource = { show: { resource: [BACKGROUND] } };
const shownFor = (operation: string) => ({ show: { resource: [BACKGROUND], operation: [operation] } });

const operations = buyingOperations(async () => (await import('./backgroundJobs')).backgroundJobs);

export const background: ResourceEntry = {
	name: 'Background',
	value: BACKGROUND,
	description: 'Replace the background of a photo',
	operations: [
		{
			name: 'Replace and Wait',
			value: 'replaceAndWait',
			action: 'Replace background of image',
			description: 'Replace the background of a photo and return the finished picture',
			isPaid: true,
			load: operations.buyAndWait,
		},
		{
			name: 'Submit',
			value: 'submit',
			action: 'Submit background replacement',
			description: 'Submit a photo and return its request ID immediately',
			isPaid: true,
			load: operations.submit,
		},
		{
			name: 'Check Inputs',
			value: 'checkInputs',
			action: 'Check background inputs',
			description: 'Validate the inputs and estimate the cost without running anything',
			load: operations.checkInputs,
		},
	],
	fields: [
		...backgroundFields(shownForResource),
		simplifyField(shownFor('replaceAndWait')),
		optionsField([...runAndWaitOptionFields, ...paidOptionFields], shownFor('replaceAndWait')),
		optionsField(paidOptionFields, shownFor('submit')),
		optionsField([variantsField], shownFor('checkInputs')),
	],
};
