# Placeholder of the install rules, filled by the packaging part.
