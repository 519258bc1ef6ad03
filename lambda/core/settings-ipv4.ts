/** A block of IPv4 addresses, `10.20.0.0/16`: its first address as a number, and its mask. */
export interface Block {
  readonly first: number;
  readonly mask: number;
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ADDRESS = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** An address as a number; undefined if the text is none. */
export function numberOf(text: string): number | undefined {
  if (!ADDRESS.test(text)) return undefined;
  return text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export const textOf = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

const sizeOf = (mask: number): number => 2 ** (32 - mask);

/** The network in which an address lies. */
export function networkOf(address: number, mask: number): Block {
  return { first: address - (address % sizeOf(mask)), mask };
}

/** Reads `address/mask`; the address need not be the first of its network. */
export function readBlock(text: string): { address: number; mask: number } | undefined {
  const [, address = '', mask = ''] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text) ?? [];
  const number = numberOf(address);
  return number === undefined ? undefined : { address: number, mask: Number(mask) };
}

/** A block that is written in the code. */
export function block(text: string): Block {
  const read = readBlock(text);
  if (!read) throw new TypeError(`${text} is not a block of IPv4 addresses`);
  return networkOf(read.address, read.mask);
}

export const blockText = ({ first, mask }: Block): string => `${textOf(first)}/${mask}`;

export const contains = ({ first, mask }: Block, address: number): boolean =>
  address >= first && address < first + sizeOf(mask);

/** Two networks overlap if one holds the first address of the other. */
export const overlap = (one: Block, other: Block): boolean =>
  contains(one, other.first) || contains(other, one.first);
