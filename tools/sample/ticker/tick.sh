trap 'exit 0' TERM
while :; do
	echo "web says: $(wget -q -O - http://web/ 2>&1)"
	sleep "${INTERVAL_SECONDS:-5}" &
	wait $!
done
