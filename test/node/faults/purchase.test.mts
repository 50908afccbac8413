import { testPhase } from '../../faults/playCells.mts';

testPhase('Replace and Wait', 'submit');
testPhase('Run and Wait', 'model');
