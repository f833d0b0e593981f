/** More than 1: every place of every fault, every request of a refresh, every address in every way, and the other roles. */
export const isLong = Number(process.env['F2GIT_RUNS'] ?? '1') > 1;
