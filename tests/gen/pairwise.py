"""Rows in which every pair of levels of any two factors occurs, as far as the rules allow it.

cover(rng, factors, allowed) gives a list of {factor: level}: greedy, one row at a time, each begun from a pair
that is still missing. `allowed` judges a row of some or all factors.
"""
import itertools

TRIES, ENOUGH = 30, 6


def _pairs(row):
    return set(itertools.combinations(sorted(row.items()), 2))


def missing_pairs(factors, allowed):
    out = set()
    for a, b in itertools.combinations(sorted(factors), 2):
        for x in factors[a]:
            for y in factors[b]:
                if allowed({a: x, b: y}):
                    out.add(((a, x), (b, y)))
    return out


def _complete(rng, factors, allowed, row, missing):
    """The row filled up, each factor with the level that brings most of what is missing; None: impossible."""
    order = [f for f in factors if f not in row]
    rng.shuffle(order)
    for at, factor in enumerate(order):
        levels = list(factors[factor])
        rng.shuffle(levels)
        levels.sort(key=lambda level: -sum(
            tuple(sorted([(factor, level), item])) in missing for item in row.items()))
        level = next((v for v in levels if allowed({**row, factor: v})), None)
        if level is None:
            return None
        row = {**row, factor: level}
    return row


def _best(rng, factors, allowed, pair, missing):
    """The row with the pair that brings most of what is missing, or None."""
    best, gain, found = None, 0, 0
    for _ in range(TRIES):
        row = _complete(rng, factors, allowed, dict(pair), missing)
        new = len(_pairs(row) & missing) if row else 0  # a try may end where no level is left
        if new > gain:
            best, gain = row, new
        found += row is not None
        if found == ENOUGH:
            break
    return best


def cover(rng, factors, allowed, covered=()):
    """covered: rows that there are already."""
    missing = missing_pairs(factors, allowed).difference(*map(_pairs, covered))
    rows, hopeless = [], set()
    while missing - hopeless:
        seed = min(missing - hopeless)
        row = _best(rng, factors, allowed, seed, missing)
        if row is None:
            hopeless.add(seed)
            continue
        rows.append(row)
        missing -= _pairs(row)
    return rows, hopeless


def beside(rng, factors, allowed, fixed):
    """Rows in which the level `fixed`, (factor, level), stands beside every level of every factor."""
    missing = {tuple(sorted([fixed, (f, level)])) for f in factors for level in factors[f]
               if allowed({fixed[0]: fixed[1], f: level})}
    rows = []
    while missing:
        pair = min(missing)
        row = _best(rng, factors, allowed, pair, missing)
        if row is None:
            missing.discard(pair)
            continue
        rows.append(row)
        missing -= _pairs(row)
    return rows
