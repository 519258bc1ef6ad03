import { describe, expect, it } from '@jest/globals';
import { firewallLinks, planTopology } from '../../../lab/site/topology.ts';
import { DEFAULT_OPTIONS } from '../../../sim/site/options.ts';

const plan = planTopology(DEFAULT_OPTIONS);
const firewalls = Object.values(DEFAULT_OPTIONS.firewalls).map(({ name }) => name);
const links = [...plan.links, ...firewalls.flatMap(firewallLinks)];
const ends = links.flatMap(({ ends: both }) => both);

describe('the plan of the network', () => {
  it('plugs each cable into two different hosts that are there', () => {
    const hosts = [...plan.hosts.map(({ name }) => name), ...firewalls];
    for (const { ends: both } of links) {
      const [one, other] = both;
      expect(hosts).toContain(one.host);
      expect(hosts).toContain(other.host);
      expect(one.host).not.toBe(other.host);
    }
  });

  it('names no interface of a host twice, and none too long for Linux', () => {
    const names = [...ends, ...plan.bridges].map(({ host, name }) => `${host} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of ends) expect(name.length).toBeLessThanOrEqual(15);
  });

  it('gives no address twice', () => {
    const addresses = [...ends, ...plan.bridges].flatMap(({ address }) => address ?? []);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('puts each port of a switch on a bridge that the host has', () => {
    for (const { host, bridge } of ends) {
      if (bridge === undefined) continue;
      expect(plan.bridges.map((one) => `${one.host} ${one.name}`)).toContain(`${host} ${bridge}`);
    }
  });

  it('has an AWS endpoint for each tunnel of the settings, with its outside address', () => {
    const outside = plan.endpoints.map(({ tunnel }) => tunnel.outsideIpAddress);
    const tunnels = Object.values(DEFAULT_OPTIONS.firewalls).flatMap(
      (firewall) => firewall.tunnels,
    );
    expect(outside).toEqual(tunnels.map(({ outsideIpAddress }) => outsideIpAddress));
  });
});
