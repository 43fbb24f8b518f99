"""What a run found out: findings, proof, baseline, reports."""
