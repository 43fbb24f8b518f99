"""Reports: one small module a format. None of them ever sees a secret: findings are masked when they are made."""
