import { testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'download');
