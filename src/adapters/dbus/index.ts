/**
 * The host over its system bus: power, and units of systemd. Owns one connection, made when first needed. Only calls
 * methods of others: it offers no objects, follows no signals and caches no answers. Must not decide when to call.
 */
export { BusAbilities } from './bus-abilities.ts';
export { LogindPower } from './logind-power.ts';
export { SystemBus, systemBusAddress } from './system-bus.ts';
export { SystemdUnits } from './systemd-units.ts';
