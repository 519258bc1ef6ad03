import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TunnelTruth } from 'local-aws';
import type { Millis } from 'local-aws/clock';
import type { FirewallOptions } from '../../sim/site/options.ts';
import { askBird, endpointBird, readSession, type BgpTimers, type Session } from './bird.ts';
import { Machine } from './machine.ts';
import { connectionConfig, daemonConfig, isInstalled } from './strongswan.ts';
import type { Endpoint } from './topology.ts';
import type { Timing } from './timing.ts';

/** What AWS knows of a tunnel, from the daemons of its own end. */
interface Seen {
  readonly installed: boolean;
  readonly session: Session;
  /** When either of the two changed last, on the clock of the local AWS. */
  readonly changedAt: Millis;
}

/**
 * Writes what strongSwan knows when something comes up or goes down, and every 5 s in case that was not
 * heard. A process for each question, asked all the time, would be most of what a site costs.
 */
const WATCH_STRONGSWAN = `
export STRONGSWAN_CONF=/lab/ike.strongswan.conf
vici=unix:///lab/ike.vici
until [ -S /lab/ike.vici ]; do sleep 0.1; done
{ stdbuf -oL swanctl --monitor-sa --raw --uri "$vici" & while sleep 5; do echo asked; done; } |
  while read -r why; do
    swanctl --list-sas --raw --uri "$vici" >/lab/sas.new
    mv /lab/sas.new /lab/sas
  done`;

const NOTHING: Session = { established: false, acceptedRoutes: 0 };

/** One end of a tunnel at AWS: a strongSwan that answers, and a BIRD. */
export class VpnEndpoint {
  readonly plan: Endpoint;
  readonly machine: Machine;
  /** AWS says that it replaces this endpoint. */
  replacementPending = false;
  #seen: Seen;

  constructor(
    plan: Endpoint,
    firewall: FirewallOptions,
    peerAddress: string,
    folder: string,
    timing: Timing,
    now: Millis,
  ) {
    this.plan = plan;
    this.machine = new Machine(plan.host, join(folder, plan.host));
    this.#seen = { installed: false, session: NOTHING, changedAt: now };
    const { tunnel } = plan;
    const timers: BgpTimers = timing.bgp;
    const { machine } = this;
    machine.write(
      'ike.strongswan.conf',
      daemonConfig({
        name: 'ike',
        port: 500,
        natPort: 4500,
        routingTable: 221,
        retransmit: timing.awsRetransmit,
      }),
    );
    machine.write(
      'ike.swanctl.conf',
      connectionConfig({
        name: tunnel.connection,
        local: tunnel.outsideIpAddress,
        remote: peerAddress,
        dpdDelaySeconds: timing.dpdDelaySeconds,
        initiates: false,
      }),
    );
    machine.write('ike.address', tunnel.insideAddress);
    machine.write('bird.conf', endpointBird(plan, firewall.tunnels.indexOf(tunnel), timers));
  }

  async start(): Promise<void> {
    await this.machine.start('sleep', 'infinity');
    await this.machine.launch('start.out', '/lab/bin/charon ike ipsec0');
    // A shell asks, not this program: starting processes costs a large one far more than a small one.
    await this.machine.launch('ask.out', `(${WATCH_STRONGSWAN}) &`);
    await this.machine.launch(
      'bird.out',
      'bird -c /lab/bird.conf -s /lab/bird.ctl -P /lab/bird.pid',
    );
  }

  /**
   * AWS takes it out of service: IKE says DELETE. That BGP says goodbye, too, is documented nowhere, so
   * it does not here.
   */
  async stop(): Promise<void> {
    await this.machine.run(['sh', '-c', 'kill "$(cat /lab/ike.pid)"; sleep 0.5']);
    await this.machine.kill();
    for (const name of ['bird.ctl', 'sas', 'ike.vici'])
      rmSync(this.machine.path(name), { force: true });
  }

  /** Asks its daemons. @param now on the clock of the local AWS */
  async look(now: () => Millis): Promise<void> {
    const bird = await askBird(this.machine.path('bird.ctl'), 'show protocols all cgw');
    const session = readSession(bird ?? '') ?? NOTHING;
    const installed = this.machine.isOn && isInstalled(this.machine.read('sas'));
    const before = this.#seen;
    const changed =
      before.installed !== installed || before.session.established !== session.established;
    this.#seen = { installed, session, changedAt: changed ? now() : before.changedAt };
  }

  truth(): TunnelTruth {
    const { installed, session, changedAt } = this.#seen;
    const up = installed && session.established;
    return {
      outsideIpAddress: this.plan.tunnel.outsideIpAddress,
      insideAddress: this.plan.tunnel.insideAddress,
      up,
      statusMessage: up
        ? `${session.acceptedRoutes} BGP ROUTES`
        : installed
          ? 'IPSEC IS UP'
          : 'IPSEC IS DOWN',
      lastStatusChange: changedAt,
      acceptedRouteCount: up ? session.acceptedRoutes : 0,
      replacementPending: this.replacementPending,
    };
  }

  get isInstalled(): boolean {
    return this.#seen.installed;
  }
}
