import { testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'result');
testPhase('Replace and Wait', 'status');
testPhase('Replace and Wait', 'cancel');
testPhase('Replace and Wait', 'download');
