"""Attribution by repair: the smallest edit of a failed episode under which the target's own evaluator passes."""
