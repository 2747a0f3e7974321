import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Lets go of everything that nothing refers to, so that the memory which is left can be compared. */
export const collectGarbage = runInNewContext('gc') as () => void;
