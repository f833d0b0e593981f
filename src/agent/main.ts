/** The agent's own program: one file that needs nothing beside it but Node. */
import { Socket } from 'node:net';
import { servePlacing } from './placer.ts';

/** The descriptor whoever starts this process leaves it, both ways. */
const PIPE = 3;

void servePlacing(new Socket({ fd: PIPE, readable: true, writable: true }));
