import { testPhase } from '../../faults/playCells.mts';

testPhase('Run and Wait', 'model');
