"""Indentation with tabs, and tabs within lines."""


def tabs(n):
	for i in range(n):  # hits: 4
		if i:	n += 1;	n += 2  # hits: 3, 2, 2
		while n > 9:	n -= 1  # hits: 3, 0
	else:
	        n += 1  # hits: 1
	x = [i	for i in range(3)	if i]  # hits: 1, 2
	def inner():	return [	lambda:	1]  # hits: 1, 1, 1
	match n:  # hits: 1
		case	1:	pass  # hits: 1, 0
		case	_:	n = 0  # hits: 1, 1
	return x, inner()[0](), n  # hits: 1


class C:
	def method(self):
		return	self  # hits: 1


def drive():
	C().method()  # hits: 1
	return tabs(3)  # hits: 1
