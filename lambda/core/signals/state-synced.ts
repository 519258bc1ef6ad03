import { fail, judge, pass, type SignalCheck } from '../signal.ts';

export const stateSynced: SignalCheck = {
  id: 'state-sync',
  requires: 'pfsync has finished its bulk update, so that open connections survive the move.',
  check: ({ view }) =>
    judge(view.firewall, ({ stateSync }) =>
      judge(stateSync, (sync) => {
        if (sync === 'running') return fail('state table is still being synchronised');
        return pass(sync === 'done' ? 'state table is in sync' : 'pfsync is not in use');
      }),
    ),
};
