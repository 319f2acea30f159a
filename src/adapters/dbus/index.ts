/**
 * The host over its system bus: power, and units of systemd. Owns one connection, made when first needed. Calls methods of
 * others and nothing else: it offers no objects, follows no signals and keeps no answers. Must not decide when to ask.
 */
export { LogindPower } from './logind-power.ts';
export { SystemBus, systemBusAddress } from './system-bus.ts';
export { SystemdUnits } from './systemd-units.ts';
