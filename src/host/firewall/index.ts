/**
 * The firewall: which rules guard a device in each mode, and the text that puts them in place. Pure. Owns two chains and
 * the jumps to them; must never empty, or change the order of, rules of other programs in other chains.
 */
export { hasHostNetworkService, parseFirewallMode } from './firewall-mode.ts';
export { planFirewall } from './plan-firewall.ts';
export type { FirewallFacts, FirewallRules } from './plan-firewall.ts';
export { foreignChainsOf, ownLinesOf, restoreText, type ForeignChains } from './restore-text.ts';
