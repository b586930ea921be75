"""Training: written scenarios and past days, what came of them, and how that is judged. Reads only, sends nothing."""
