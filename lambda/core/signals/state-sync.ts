import { fail, judge, pass, type SignalCheck } from '../signal.ts';

export const stateSync: SignalCheck = {
  id: 'state-sync',
  asks: 'pfsync has finished its bulk update, so that open connections survive the move.',
  check: ({ view }) =>
    judge(view.firewall, ({ stateSyncDone }) =>
      judge(stateSyncDone, (done) =>
        done ? pass('state table is in sync') : fail('state table is still being synchronised'),
      ),
    ),
};
