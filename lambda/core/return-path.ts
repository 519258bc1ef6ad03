import type { Memory } from './memory.ts';
import type { SideView } from './observation.ts';
import type { Role } from './role.ts';
import type { Firewall } from './settings.ts';
import { cannotTell, fail, pass, type Finding } from './signal.ts';

/**
 * Where AWS sends its answers, as seen by a firewall that does not serve: pings, BGP and IKE weigh the
 * same both ways, so what comes in beyond what goes out was meant for the firewall that serves. That
 * one has the state and this one has not, so it drops them. No gate can help there.
 */

/** Less than this in excess, between two observations, may be BGP telling news. */
const EXCESS_BYTES = 500;
/** One observation may have caught AWS while it learned of the new role. */
const OBSERVATIONS_IN_A_ROW = 2;

type Remembered = Pick<Memory, 'idleTraffic' | 'asymmetricInARow' | 'asymmetricReturn'>;

export interface ReturnPath {
  readonly finding: Finding;
  readonly remembered: Remembered;
}

/** Judged only of a firewall that is BACKUP of every address, by what came between two observations in a row. */
export function returnPathOf(
  memory: Memory,
  role: Role,
  view: SideView,
  firewall: Firewall,
): ReturnPath {
  const { idleTraffic: before, asymmetricReturn } = memory;
  const found = (finding: Finding, remembered: Partial<Remembered> = {}): ReturnPath => {
    const all = { idleTraffic: null, asymmetricInARow: 0, asymmetricReturn, ...remembered };
    return {
      finding: all.asymmetricReturn ? fail(all.asymmetricReturn.evidence) : finding,
      remembered: all,
    };
  };

  if (role.name === 'master') return found(cannotTell(role.evidence), { asymmetricReturn: null });
  if (role.name !== 'backup') return found(cannotTell(role.evidence));
  if (!view.firewall.known) return found(cannotTell(view.firewall.why));
  const { traffic } = view.firewall.value;
  if (!traffic.known) return found(cannotTell(traffic.why));
  const idleTraffic = traffic.value;
  if (!before) return found(cannotTell('one observation so far'), { idleTraffic });

  const came = idleTraffic.in - before.in;
  const went = idleTraffic.out - before.out;
  if (came < 0 || went < 0) {
    return found(cannotTell('the associations are new since the last observation'), {
      idleTraffic,
    });
  }
  const seen = `${came} bytes came in through its tunnels between two observations, ${went} went out`;
  if (came - went < EXCESS_BYTES || came <= 2 * went) {
    return found(pass(`${firewall.name} gets no answers of AWS: ${seen}`), { idleTraffic });
  }
  const asymmetricInARow = memory.asymmetricInARow + 1;
  if (asymmetricInARow < OBSERVATIONS_IN_A_ROW) {
    return found(cannotTell(`seen once: ${seen}`), { idleTraffic, asymmetricInARow });
  }
  const evidence = `${firewall.name} does not serve, and AWS answers through it: ${seen}`;
  return found(fail(evidence), {
    idleTraffic,
    asymmetricInARow,
    asymmetricReturn: { evidence },
  });
}
