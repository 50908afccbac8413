import { testBriefly, testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'result');
testPhase('Replace and Wait', 'cancel');
testPhase('Replace and Wait', 'download');

// The same looks, where early results are refused.
testBriefly('Replace and Wait', 'status');

// The same looks and the same cancellation, at other URLs: one fault of each way.
testBriefly('Run Deployment', 'status');
testBriefly('Run Deployment', 'cancel');
