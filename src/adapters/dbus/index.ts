/**
 * The host over its system bus: power, and units of systemd. Owns one connection, made when first needed, and
 * one more for each transient unit that is waited for. It offers no objects and caches no answers; a signal only wakes, and the
 * state is read again. Must not decide when to call.
 */
export { BusAbilities } from './bus-abilities.ts';
export { LogindPower } from './logind-power.ts';
export { SystemBus, systemBusAddress } from './system-bus.ts';
export { SystemdUnits } from './systemd-units.ts';
export { SystemdTransientUnits } from './systemd-transient-units.ts';
