"""How often a place is worth a visit, where a watch has `adapt`. Plain functions over frozen values, time passed in.

What is kept small is the mean time from a picture's being posted to its being found. For places that differ in how much
is posted, Sia, Cho and Cho ("Efficient Monitoring Algorithm for Fast News Alerts", IEEE TKDE 19(7), 2007) show that the
best gap between visits goes with one over the square root of weight times rate over cost. `index` is that as one
number, which holds too while rates move: a place goes when its index is the highest, or has reached what a visit is
worth just now.

`memory` is what a place has taught, in sums that fade; `pooled` what all places together say of one that is hardly
known; `shape` how postings lie over the hours of a day; `surges` what follows after more, or less, than was expected;
`budget` counts requests; `planning` decides; `words` says why.
"""
