/** Background: the background of a photo, by Ideogram V3 Replace Background. */

import {
	optionsField,
	paidOptionFields,
	runAndWaitOptionFields,
	simplifyField,
	variantsField,
} from '../../batch/optionFields';
import { buyingOperations, type ResourceEntry } from '../registry';
import { backgroundFields, forBackground } from './backgroundFields';

const operations = buyingOperations(async () => (await import('./backgroundJobs')).backgroundJobs);

export const background: ResourceEntry = {
	name: 'Background',
	value: 'background',
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
		...backgroundFields,
		simplifyField(forBackground('replaceAndWait')),
		optionsField([...runAndWaitOptionFields, ...paidOptionFields], forBackground('replaceAndWait')),
		optionsField(paidOptionFields, forBackground('submit')),
		optionsField([variantsField], forBackground('checkInputs')),
	],
};
