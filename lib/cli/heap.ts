import { setFlagsFromString } from 'node:v8';

// Evaluated before any other module of ours. Most objects of a call live as long as its set-up or as long as the
// session: a young generation that grows to V8's 3 x 16 MB only keeps memory and has more to clear. A factor of 1
// leaves it at its first size; unlike --max-semi-space-size it can be set in a running process. So small a space is
// not worth waking other threads for.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--no-parallel-scavenge');
